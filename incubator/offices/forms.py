"""Forms of sign-in and password; everything else of this module has field tables in policy."""

from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, Length


class SignInForm(FlaskForm):
    username = StringField("账号", [DataRequired("写上账号"), Length(max=40, message="账号不超过 40 个字符")])
    password = PasswordField("密码", [DataRequired("写上密码"), Length(max=200, message="密码不超过 200 个字符")])


class PasswordForm(FlaskForm):
    current = PasswordField("现在的密码", [DataRequired("写上现在的密码"), Length(max=200)])
    new = PasswordField("新密码", [DataRequired("写上新密码"), Length(max=200, message="不超过 200 个字符")])
    again = PasswordField("新密码再写一遍", [EqualTo("new", "两遍写得不一样")])


class PersonForm(FlaskForm):
    login = StringField("登录名", [DataRequired("写上登录名"), Length(3, 40, "登录名 3 到 40 个字符")])
    name = StringField("姓名", [DataRequired("写上姓名"), Length(max=20, message="姓名不超过 20 字")])


class CodeForm(FlaskForm):
    code = StringField("动态验证码", [DataRequired("写上验证码"), Length(max=40, message="验证码是 6 位数字")])
